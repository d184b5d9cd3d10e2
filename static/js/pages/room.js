import "../elements/define.js";
